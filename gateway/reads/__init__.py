"""What the graph reads of each row, declared once: values of leaves, edges to other rows, and the columns that both need."""
