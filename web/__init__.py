"""How people and machines reach everything: pages, API, command line, queue and jobs."""
