"""The compiled search of the plain routing problem: arrays in, better arrays out.

Promises: no clock, no interpreter's lock. `entries` is what Python calls; `near` and `savings` prepare; `state`,
`settle` and `price` keep and price a solution; `insert`, `repair` and `steps` change it. Called by `search`, `arrays`,
`first_plan` and the answers.
"""
