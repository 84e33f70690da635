"""What is declared, as data: settings of a stack and the catalogue. No Pulumi import in here."""
