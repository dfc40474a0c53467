"""What a git repository tells: decisions, pipelines, tags, prompts and runbooks, as they are committed."""
