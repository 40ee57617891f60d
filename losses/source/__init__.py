"""The shelves read as text, and the code that a thing uses."""
