//! Prints a body as text, for tests and for reading.
