variable "region" {
  description = "The region's name, as clients sign it into their requests."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]{1,32}$", var.region))
    error_message = "The region must be 1 to 32 lower-case letters, digits and hyphens."
  }
}

variable "http_port" {
  description = "Port of the DynamoDB endpoint and of the pages below /-/."
  type        = number
  default     = 8000

  validation {
    condition     = var.http_port >= 1 && var.http_port <= 65535
    error_message = "The port must be between 1 and 65535."
  }
}

variable "http_names" {
  description = "Names and addresses that the node is reached at besides its own address, without a port: pages below /-/ are refused at any other."
  type        = list(string)
  default     = []
}

variable "http_advertised" {
  description = "Address of the endpoint, host:port or a URL, as operators and the other regions' nodes reach it: commands find the region there. Empty for none."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(https?://[^/?#@ ]+|[^:/?#@ ]+:[0-9]{1,5})?$", var.http_advertised))
    error_message = "This is neither host:port nor a URL of host and port."
  }
}

variable "cross_origin" {
  description = "Origins, such as https://app.example, whose pages in browsers may use the DynamoDB API; * is all."
  type        = list(string)
  default     = []
}

variable "kafka_bootstrap" {
  description = "Brokers of the Kafka that the region publishes to; null for the broker inside the node."
  type        = string
  default     = null
}

variable "kafka_properties" {
  description = "Properties of every client of that Kafka; none for the broker inside the node."
  type        = map(string)
  default     = {}

  validation {
    condition     = var.kafka_bootstrap != null || length(var.kafka_properties) == 0
    error_message = "The broker inside the node takes no properties."
  }
}

variable "embedded_kafka_host" {
  description = "Address that the broker inside the node binds to and tells the other regions."
  type        = string
  default     = "127.0.0.1"
}

variable "embedded_kafka_port" {
  description = "Port of the broker inside the node."
  type        = number
  default     = 9092

  validation {
    condition     = var.embedded_kafka_port >= 1 && var.embedded_kafka_port <= 65535
    error_message = "The port must be between 1 and 65535."
  }
}

variable "peers" {
  description = "The other regions: the Kafka that each publishes to, and what its clients need."
  type = map(object({
    bootstrap  = string
    properties = optional(map(string), {})
  }))
  default = {}
}

variable "partitions" {
  description = "Kafka partitions of each new table's topics."
  type        = number
  default     = 4

  validation {
    condition     = var.partitions >= 1 && var.partitions <= 256 && floor(var.partitions) == var.partitions
    error_message = "A table has 1 to 256 partitions."
  }
}

variable "throttling" {
  description = "Whether tables with provisioned capacity are held to it."
  type        = bool
  default     = true
}

variable "evict_after" {
  description = "How long another region may be silent before its replicas are evicted, such as 3d; 0 for ever."
  type        = string
  default     = "0"

  validation {
    condition     = can(regex("^(0|[0-9]{1,6}[smhd])$", var.evict_after))
    error_message = "A time is 0, or a number with s, m, h or d behind it."
  }
}
