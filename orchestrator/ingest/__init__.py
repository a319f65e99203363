"""The door: bytes of partners and operators become commands; answers and events become bytes.

Promises that a caller is known, permitted and within its limits before anything is read of its message, that every
refusal has a reason of the frozen catalogue and a documented gRPC code, and that nothing undurable and nothing of
another partner's is ever told. Decides nothing about the business: that is `domain`. Wired by `runtime.bootstrap`.

`guard` stands before every method; `policy` says who may call it; a `*_service` module does the calls of one service;
`convert_*` modules translate one topic each between the contract and the domain.
"""
