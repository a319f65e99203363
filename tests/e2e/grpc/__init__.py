"""Whole servers, called over sockets."""
