"""`muster twin upkeep`: a plant whose machines wear, played for weeks with one way of maintaining them or another.

Nobody but the twin knows when a machine will fail. Work comes and is dispatched by due date; what a policy sees are
running hours, sensor values and the records of lives that have ended. Costs are counted by the twin's own books.
"""
