output "name" {
  description = "The table's name."
  value       = aws_dynamodb_table.this.name
}

output "arn" {
  description = "The table's ARN in the provider's region."
  value       = aws_dynamodb_table.this.arn
}

output "replica_arns" {
  description = "The table's ARNs in the other regions."
  value       = { for replica in aws_dynamodb_table.this.replica : replica.region_name => replica.arn }
}
