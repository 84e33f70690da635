"""PromQL and LogQL: placeholders, the syntax tree, labels, how many series a query returns."""
