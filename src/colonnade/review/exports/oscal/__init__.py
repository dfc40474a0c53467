"""The review in OSCAL 1.2: catalogue, assessment plan and results, plan of action, and mappings, one module a model."""
