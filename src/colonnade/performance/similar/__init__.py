"""Answers to questions that mean the same are used again, on routes that ask for it, and how often that is wrong is measured."""
