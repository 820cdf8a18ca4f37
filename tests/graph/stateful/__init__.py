"""Lives of the demo world: anybody does anything, and what the specification says of every moment is asked after each step."""
