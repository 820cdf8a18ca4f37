"""What there is: the words, the tables, the engine, the migrations and the embedded server."""
