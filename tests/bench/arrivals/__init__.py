"""Days of a company whose roads have speeds that nobody told the planner, played in one process."""
