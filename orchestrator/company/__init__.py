"""A company's CSV files, read whole or refused whole: bytes in, domain objects or every bad row out.

Pure but for `folder`, which reads a directory. It knows no server: `ingest`, the CLI and the twin call it.
"""
