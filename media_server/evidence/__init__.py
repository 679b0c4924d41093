"""The evidence bundle: everything of an interview in one ZIP file, signed, and its verifier.

`layout` says where each byte of the file is; `manifest` what it holds; `keys` sign and check;
`writer` makes it; `verify` reads it without trust. docs/evidence.md has the format.
"""
