"""How a message and an article are compared; `knowledge_base.suggest` is the way in."""
