output "tables" {
  description = "ARNs of the tables, by name."
  value = {
    (module.orders.name)   = module.orders.arn
    (module.sessions.name) = module.sessions.arn
  }
}
