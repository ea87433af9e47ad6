variable "region" {
  description = "The AWS region."
  type        = string
  default     = "eu-west-1"
}

variable "image" {
  description = "The node's container image, with a tag or digest."
  type        = string
}

variable "certificate_arn" {
  description = "ACM certificate for dynamodb. and REGION. in the zone."
  type        = string
}

variable "zone_name" {
  description = "The private hosted zone."
  type        = string
}
