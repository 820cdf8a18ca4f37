"""SQL statements that several callers share. No statement decides about permissions."""
