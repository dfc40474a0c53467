"""What an upstream cannot do by itself, asked of it in a form that it can: tools as an answer bound to a JSON schema."""
