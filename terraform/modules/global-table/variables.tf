variable "name" {
  description = "The table's name, the same in all regions."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.-]{3,255}$", var.name))
    error_message = "A table's name has 3 to 255 letters, digits, underscores, hyphens and dots."
  }
}

variable "attributes" {
  description = "Types (S, N or B) of the attributes that are keys, of the table or of its indexes."
  type        = map(string)

  validation {
    condition     = alltrue([for type in values(var.attributes) : contains(["S", "N", "B"], type)])
    error_message = "A key is a string (S), a number (N) or binary (B)."
  }
}

variable "hash_key" {
  description = "The partition key."
  type        = string
}

variable "range_key" {
  description = "The sort key; null for none."
  type        = string
  default     = null
}

variable "replica_regions" {
  description = "The other regions that have the table. Each must be a peer of the provider's region."
  type        = set(string)
  default     = []
}

variable "propagate_tags" {
  description = "Whether replicas get the table's tags. Needs an endpoint that hands requests to the region they are signed for."
  type        = bool
  default     = false
}

variable "billing_mode" {
  description = "PAY_PER_REQUEST or PROVISIONED."
  type        = string
  default     = "PAY_PER_REQUEST"

  validation {
    condition     = contains(["PAY_PER_REQUEST", "PROVISIONED"], var.billing_mode)
    error_message = "The billing mode is PAY_PER_REQUEST or PROVISIONED."
  }
}

variable "read_capacity" {
  description = "Read capacity units of a provisioned table; null on demand."
  type        = number
  default     = null

  validation {
    condition     = (var.read_capacity != null) == (var.billing_mode == "PROVISIONED")
    error_message = "Capacity belongs to the billing mode PROVISIONED, and only to it."
  }
}

variable "write_capacity" {
  description = "Write capacity units of a provisioned table; null on demand."
  type        = number
  default     = null

  validation {
    condition     = (var.write_capacity != null) == (var.billing_mode == "PROVISIONED")
    error_message = "Capacity belongs to the billing mode PROVISIONED, and only to it."
  }
}

variable "global_secondary_indexes" {
  description = "Global secondary indexes by name. Capacity for those of provisioned tables."
  type = map(object({
    hash_key           = string
    range_key          = optional(string)
    projection_type    = optional(string, "ALL")
    non_key_attributes = optional(list(string))
    read_capacity      = optional(number)
    write_capacity     = optional(number)
  }))
  default = {}

  validation {
    condition = alltrue([
      for index in values(var.global_secondary_indexes) : contains(["ALL", "KEYS_ONLY", "INCLUDE"], index.projection_type)
    ])
    error_message = "An index projects ALL, KEYS_ONLY or INCLUDE."
  }
}

variable "local_secondary_indexes" {
  description = "Local secondary indexes by name."
  type = map(object({
    range_key          = string
    projection_type    = optional(string, "ALL")
    non_key_attributes = optional(list(string))
  }))
  default = {}

  validation {
    condition     = length(var.local_secondary_indexes) <= 5
    error_message = "A table has at most five local secondary indexes."
  }
}

variable "ttl_attribute" {
  description = "The attribute that says when an item expires; null for never."
  type        = string
  default     = null
}

variable "deletion_protection" {
  description = "Whether the table is protected against deletion in the provider's region."
  type        = bool
  default     = true
}

variable "table_class" {
  description = "STANDARD or STANDARD_INFREQUENT_ACCESS."
  type        = string
  default     = "STANDARD"

  validation {
    condition     = contains(["STANDARD", "STANDARD_INFREQUENT_ACCESS"], var.table_class)
    error_message = "The class is STANDARD or STANDARD_INFREQUENT_ACCESS."
  }
}

variable "tags" {
  description = "Tags of the table."
  type        = map(string)
  default     = {}
}
