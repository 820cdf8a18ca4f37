"""Authentication: identifies the caller of a request. Authorization is left to the policy."""
