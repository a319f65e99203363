"""The demo as a whole: a real server as a child process, a short day at high speed."""
