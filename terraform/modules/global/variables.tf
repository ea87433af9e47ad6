variable "name" {
  description = "Prefix of all names."
  type        = string
  default     = "meridian"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,11}$", var.name))
    error_message = "The name must be 1 to 12 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "regions" {
  description = "The regions by name: outputs of the module region."
  type = map(object({
    vpc_id                 = string
    vpc_cidr               = string
    route_table_ids        = map(string)
    load_balancer_dns_name = string
    load_balancer_zone_id  = string
    endpoint_alarm_name    = string
  }))

  validation {
    condition     = length(var.regions) >= 1 && length(var.regions) <= 16
    error_message = "There may be 1 to 16 regions."
  }

  validation {
    condition     = length(distinct([for region in values(var.regions) : region.vpc_cidr])) == length(var.regions)
    error_message = "The VPCs must not have the same addresses."
  }
}

variable "zone_name" {
  description = "The private hosted zone, in which dynamodb. is the nearest region that serves and REGION. is one region."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z0-9-]+$", var.zone_name))
    error_message = "This is no name of a zone, such as meridian.example.com."
  }
}

variable "metric_names" {
  description = "What the dashboard shows: the output metric_names of a region."
  type = object({
    lag     = string
    backlog = string
    skew    = string
    stopped = string
  })
}

variable "dashboard_region" {
  description = "The region whose CloudWatch console lists the dashboard first, and in which it is drawn."
  type        = string
}

variable "tags" {
  description = "Tags of all resources that can have some."
  type        = map(string)
  default     = {}
}
