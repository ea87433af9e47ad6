variable "region" {
  description = "The AWS region, which is also the name that clients sign into their requests."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "This is no AWS region, such as eu-west-1."
  }
}

variable "name" {
  description = "Prefix of all names in the region."
  type        = string
  default     = "meridian"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,11}$", var.name))
    error_message = "The name must be 1 to 12 lower-case letters, digits and hyphens, a letter first: load balancers allow 32 in all."
  }
}

variable "vpc_cidr" {
  description = "Addresses of the VPC, which must not overlap with those of the other regions."
  type        = string

  validation {
    condition     = can(cidrsubnet(var.vpc_cidr, 4, 5))
    error_message = "The VPC needs a CIDR block with room for six subnets, such as 10.1.0.0/16."
  }
}

variable "client_cidrs" {
  description = "From where the endpoint may be used, besides the VPC. Meridian knows no identities: this is the lock."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for cidr in var.client_cidrs : can(cidrhost(cidr, 0)) && cidr != "0.0.0.0/0"])
    error_message = "These must be CIDR blocks, and not the whole world."
  }
}

variable "peer_cidrs" {
  description = "Addresses of the other regions, whose nodes read this region's Kafka."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for cidr in var.peer_cidrs : can(cidrhost(cidr, 0))])
    error_message = "These must be CIDR blocks."
  }
}

variable "peers" {
  description = "The other regions: their kafka_bootstrap and kafka_secret_arn outputs."
  type = map(object({
    bootstrap  = string
    secret_arn = optional(string)
  }))
  default = {}
}

variable "image" {
  description = "The node's container image, in a registry that the instance reaches; with a tag or digest."
  type        = string

  validation {
    condition     = can(regex("(:[A-Za-z0-9._-]+|@sha256:[0-9a-f]{64})$", var.image))
    error_message = "The image must have a tag or a digest."
  }
}

variable "http_names" {
  description = "Names of the endpoint, as its certificate has them, besides the load balancer's own: pages below /-/ are refused at any other."
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

variable "certificate_arn" {
  description = "ACM certificate of the endpoint's names, with which the load balancer speaks TLS."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:acm:", var.certificate_arn))
    error_message = "This is no ARN of an ACM certificate."
  }
}

variable "instance_type" {
  description = "Type of the node's EC2 instance; x86-64 or arm64 as the image is."
  type        = string
  default     = "m7i.large"
}

variable "java_options" {
  description = "Options of the node's JVM, in MERIDIAN_OPTS."
  type        = string
  default     = "-Xmx2g"
}

variable "volume_gib" {
  description = "Size of the data volume in GiB: items with indexes, a day of changes, and with the broker inside the node a week of them."
  type        = number
  default     = 100

  validation {
    condition     = var.volume_gib >= 10 && var.volume_gib <= 16384
    error_message = "A gp3 volume has up to 16384 GiB, and less than 10 are of no use."
  }
}

variable "volume_iops" {
  description = "Operations per second of the data volume. Each group of commits is one flush."
  type        = number
  default     = 3000

  validation {
    condition     = var.volume_iops >= 3000 && var.volume_iops <= 16000
    error_message = "A gp3 volume has 3000 to 16000."
  }
}

variable "snapshot_hours" {
  description = "Hours between two snapshots of the data volume."
  type        = number
  default     = 1

  validation {
    condition     = contains([1, 2, 3, 4, 6, 8, 12, 24], var.snapshot_hours)
    error_message = "Data Lifecycle Manager knows 1, 2, 3, 4, 6, 8, 12 and 24."
  }
}

variable "snapshots_kept" {
  description = "How many snapshots are kept."
  type        = number
  default     = 48

  validation {
    condition     = var.snapshots_kept >= 1 && var.snapshots_kept <= 1000
    error_message = "1 to 1000 snapshots may be kept."
  }
}

variable "managed_kafka" {
  description = "Whether the region publishes to a cluster of MSK over three zones; else to the broker inside its node."
  type        = bool
  default     = true
}

variable "kafka_version" {
  description = "Kafka of the MSK cluster."
  type        = string
  default     = "3.9.x"
}

variable "kafka_instance_type" {
  description = "Type of the MSK cluster's brokers."
  type        = string
  default     = "kafka.m7g.large"

  validation {
    condition     = startswith(var.kafka_instance_type, "kafka.") && !can(regex("^kafka\\.t", var.kafka_instance_type))
    error_message = "The type begins with kafka., and t types do not bear records of this size."
  }
}

variable "kafka_volume_gib" {
  description = "Size of each broker's volume in GiB: a third of a week of changes, compressed, three times over."
  type        = number
  default     = 200

  validation {
    condition     = var.kafka_volume_gib >= 10 && var.kafka_volume_gib <= 16384
    error_message = "A broker's volume has 10 to 16384 GiB."
  }
}

variable "partitions" {
  description = "Kafka partitions of each new table's topics."
  type        = number
  default     = 4
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
}

variable "log_days" {
  description = "Days that logs are kept."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 180, 365], var.log_days)
    error_message = "CloudWatch Logs knows 1, 3, 5, 7, 14, 30, 60, 90, 180 and 365."
  }
}

variable "alarm_topic_arns" {
  description = "SNS topics that are told of alarms and of their ends."
  type        = list(string)
  default     = []
}

variable "lag_alarm_seconds" {
  description = "How far this region may be behind another before an alarm."
  type        = number
  default     = 30

  validation {
    condition     = var.lag_alarm_seconds > 0
    error_message = "This must be more than 0."
  }
}

variable "backlog_alarm_changes" {
  description = "How many changes may wait to be published before an alarm."
  type        = number
  default     = 10000

  validation {
    condition     = var.backlog_alarm_changes > 0
    error_message = "This must be more than 0."
  }
}

variable "skew_alarm_seconds" {
  description = "How far another region's clock may be ahead before an alarm. A change from more than 1 s ahead waits."
  type        = number
  default     = 0.5

  validation {
    condition     = var.skew_alarm_seconds > 0 && var.skew_alarm_seconds <= 1
    error_message = "This must be more than 0 and at most 1."
  }
}

variable "disk_alarm_percent" {
  description = "How full the data volume may be before an alarm. A full one answers writes with an error."
  type        = number
  default     = 80

  validation {
    condition     = var.disk_alarm_percent > 0 && var.disk_alarm_percent < 100
    error_message = "This must be between 0 and 100."
  }
}

variable "deletion_protection" {
  description = "Whether the load balancer is protected against deletion."
  type        = bool
  default     = true
}

variable "tags" {
  description = "Tags of all resources that can have some."
  type        = map(string)
  default     = {}
}
