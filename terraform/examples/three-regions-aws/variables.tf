variable "image" {
  description = "The node's container image, in a registry that all three regions reach; with a tag or digest."
  type        = string
}

variable "certificate_arns" {
  description = "By region, an ACM certificate for dynamodb. and REGION. in the zone."
  type        = map(string)

  validation {
    condition     = alltrue([for region in ["us-east-1", "eu-west-1", "ap-northeast-1"] : contains(keys(var.certificate_arns), region)])
    error_message = "Each of us-east-1, eu-west-1 and ap-northeast-1 needs a certificate."
  }
}

variable "zone_name" {
  description = "The private hosted zone."
  type        = string
}

variable "alarm_topic_arns" {
  description = "By region, SNS topics that are told of alarms."
  type        = map(list(string))
  default     = {}
}
