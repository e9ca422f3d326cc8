"""The shapes that the API takes and gives, one module an area; their docstrings are the document's words."""
