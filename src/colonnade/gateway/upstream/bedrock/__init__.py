"""Amazon Bedrock's Converse as an upstream: the gateway's form on one side, the Converse wire on the other."""
