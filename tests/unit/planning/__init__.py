"""Tests of orchestrator.planning."""
