"""An evidence bundle is one file that holds a report and everything that it rests on, and proves it to a stranger."""
