"""Random programs: how they are made (graphs, operations), run (running, steps) and compared (comparing). tools/fuzz.py is their command line."""
