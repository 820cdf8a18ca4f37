"""The demo: sample data, a substitute for the product, and a page that shows the mails."""
