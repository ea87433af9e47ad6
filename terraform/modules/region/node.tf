data "aws_ssm_parameter" "machine_image" {
  region = var.region
  name   = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${local.architecture}"
}

data "aws_ec2_instance_type" "node" {
  region        = var.region
  instance_type = var.instance_type
}

locals {
  architecture = contains(data.aws_ec2_instance_type.node.supported_architectures, "arm64") ? "arm64" : "x86_64"
  registry     = split("/", var.image)[0]
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "node" {
  dynamic "statement" {
    for_each = length(local.secrets) > 0 ? [1] : []

    content {
      sid       = "PasswordsOfKafkas"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = values(local.secrets)
    }
  }

  statement {
    sid       = "KeysOfThoseSecrets"
    actions   = ["kms:Decrypt"]
    resources = ["arn:${data.aws_partition.current.partition}:kms:*:${data.aws_caller_identity.current.account_id}:key/*"]

    condition {
      test     = "StringLike"
      variable = "kms:ViaService"
      values   = ["secretsmanager.*.amazonaws.com"]
    }
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    resources = ["${aws_cloudwatch_log_group.node.arn}:*", "${aws_cloudwatch_log_group.metrics.arn}:*"]
  }
}

resource "aws_iam_role" "node" {
  name               = "${local.full_name}-node"
  assume_role_policy = data.aws_iam_policy_document.assume.json
  tags               = local.tags
}

resource "aws_iam_role_policy" "node" {
  name   = "node"
  role   = aws_iam_role.node.id
  policy = data.aws_iam_policy_document.node.json
}

resource "aws_iam_role_policy_attachment" "node" {
  for_each   = toset(["AmazonSSMManagedInstanceCore", "CloudWatchAgentServerPolicy", "AmazonEC2ContainerRegistryReadOnly"])
  role       = aws_iam_role.node.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/${each.value}"
}

resource "aws_iam_instance_profile" "node" {
  name = "${local.full_name}-node"
  role = aws_iam_role.node.name
  tags = local.tags
}

resource "aws_cloudwatch_log_group" "node" {
  region            = var.region
  name              = "/${var.name}/${var.region}/node"
  retention_in_days = var.log_days
  tags              = local.tags
}

# The address outlives the instance: with the broker inside the node, the other regions know it.
resource "aws_network_interface" "node" {
  region          = var.region
  subnet_id       = aws_subnet.private[0].id
  security_groups = [aws_security_group.node.id]
  tags            = merge(local.tags, { Name = "${local.full_name}-node" })
}

resource "aws_instance" "node" {
  region                      = var.region
  ami                         = data.aws_ssm_parameter.machine_image.insecure_value
  instance_type               = var.instance_type
  iam_instance_profile        = aws_iam_instance_profile.node.name
  user_data_replace_on_change = true
  tags                        = merge(local.tags, { Name = "${local.full_name}-node" })

  user_data = templatefile("${path.module}/boot.sh.tftpl", {
    region       = var.region
    image        = var.image
    registry     = local.registry
    volume_id    = aws_ebs_volume.data.id
    config       = module.config.yaml
    secrets      = local.secrets
    passwords    = local.passwords
    java_options = var.java_options
    log_group    = aws_cloudwatch_log_group.node.name
    agent        = local.agent
    scrape       = local.scrape
    http_port    = local.http_port
  })

  primary_network_interface {
    network_interface_id = aws_network_interface.node.id
  }

  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    encrypted   = true
    kms_key_id  = aws_kms_key.data.arn
    volume_type = "gp3"
    volume_size = 20
  }

  # A newer image of the system is taken when the instance is replaced for another reason.
  lifecycle {
    ignore_changes = [ami]
  }
}

resource "aws_ebs_volume" "data" {
  region            = var.region
  availability_zone = aws_subnet.private[0].availability_zone
  type              = "gp3"
  size              = var.volume_gib
  iops              = var.volume_iops
  encrypted         = true
  kms_key_id        = aws_kms_key.data.arn
  tags              = merge(local.tags, { Name = "${local.full_name}-data", Snapshots = local.full_name })

  lifecycle {
    prevent_destroy = true
  }
}

# Stopping the instance first lets the node end in order before its volume goes.
resource "aws_volume_attachment" "data" {
  region                         = var.region
  device_name                    = "/dev/sdf"
  volume_id                      = aws_ebs_volume.data.id
  instance_id                    = aws_instance.node.id
  stop_instance_before_detaching = true
}

data "aws_iam_policy_document" "assume_snapshots" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["dlm.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "snapshots" {
  name               = "${local.full_name}-snapshots"
  assume_role_policy = data.aws_iam_policy_document.assume_snapshots.json
  tags               = local.tags
}

resource "aws_iam_role_policy_attachment" "snapshots" {
  role       = aws_iam_role.snapshots.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AWSDataLifecycleManagerServiceRole"
}

resource "aws_dlm_lifecycle_policy" "data" {
  region             = var.region
  description        = "Snapshots of the data volume of ${local.full_name}"
  execution_role_arn = aws_iam_role.snapshots.arn
  state              = "ENABLED"
  tags               = local.tags

  policy_details {
    resource_types = ["VOLUME"]
    target_tags    = { Snapshots = local.full_name }

    schedule {
      name      = "every-${var.snapshot_hours}-hours"
      copy_tags = true

      create_rule {
        interval      = var.snapshot_hours
        interval_unit = "HOURS"
      }

      retain_rule {
        count = var.snapshots_kept
      }
    }
  }
}

resource "aws_lb" "this" {
  region                           = var.region
  name                             = local.full_name
  internal                         = true
  load_balancer_type               = "network"
  subnets                          = aws_subnet.private[*].id
  security_groups                  = [aws_security_group.balancer.id]
  enable_cross_zone_load_balancing = true
  enable_deletion_protection       = var.deletion_protection
  tags                             = local.tags
}

resource "aws_lb_target_group" "node" {
  region               = var.region
  name                 = local.full_name
  vpc_id               = aws_vpc.this.id
  protocol             = "TCP"
  port                 = local.http_port
  target_type          = "instance"
  preserve_client_ip   = false
  deregistration_delay = 10
  tags                 = local.tags

  health_check {
    protocol            = "HTTP"
    path                = "/-/ready"
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

resource "aws_lb_target_group_attachment" "node" {
  region           = var.region
  target_group_arn = aws_lb_target_group.node.arn
  target_id        = aws_instance.node.id
  port             = local.http_port
}

resource "aws_lb_listener" "tls" {
  region            = var.region
  load_balancer_arn = aws_lb.this.arn
  protocol          = "TLS"
  port              = 443
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn
  tags              = local.tags

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.node.arn
  }
}
