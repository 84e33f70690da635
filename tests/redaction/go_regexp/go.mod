module sv0-resilience/redaction

go 1.25
