"""SQL statements that several callers share. No statement decides who may do something."""
