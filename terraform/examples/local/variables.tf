variable "endpoint" {
  description = "The front door of ./meridian up."
  type        = string
  default     = "http://localhost:8000"

  validation {
    condition     = can(regex("^https?://", var.endpoint))
    error_message = "The endpoint begins with http:// or https://."
  }
}
