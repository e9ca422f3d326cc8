"""Pages and endpoints: one blueprint a page area; each view parses, calls one command or query, and answers."""
