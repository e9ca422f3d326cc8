"""What to answer: articles, their life cycle, and the suggestion engine."""
