"""Style as tests: what the house rules say and no off-the-shelf linter checks. Each rule has a test that it bites."""
