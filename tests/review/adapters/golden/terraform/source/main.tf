# The cloud half of a small question-answering service: ingestion, index, cache, store, and the way to the model.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "5.100.0" }
  }
}

variable "region" {
  type    = string
  default = "eu-central-1"
}

variable "endpoint" {
  type    = string
  default = "http://127.0.0.1:5000"
}

locals {
  tags = { workload = "handbook", environment = "production", team = "library", use_case = "tool-questions" }
  uses = { "colonnade:sus-07" = "objects are written as zstd by the writer" }
}

provider "aws" {
  region                      = var.region
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  s3_use_path_style           = true
  default_tags { tags = local.tags }
  endpoints {
    applicationautoscaling = var.endpoint
    autoscaling            = var.endpoint
    cloudwatch             = var.endpoint
    cloudwatchlogs         = var.endpoint
    dynamodb               = var.endpoint
    ec2                    = var.endpoint
    ecs                    = var.endpoint
    elasticache            = var.endpoint
    iam                    = var.endpoint
    kms                    = var.endpoint
    lambda                 = var.endpoint
    rds                    = var.endpoint
    s3                     = var.endpoint
    sqs                    = var.endpoint
    sts                    = var.endpoint
  }
}

resource "aws_kms_key" "data" {
  description         = "Encrypts what the service keeps"
  enable_key_rotation = true
}

module "documents" {
  source = "./bucket"
  name   = "handbook-documents"
  key    = aws_kms_key.data.arn
  tags   = local.uses
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "app" {
  for_each          = { a = "10.0.1.0/24", b = "10.0.2.0/24" }
  vpc_id            = aws_vpc.main.id
  cidr_block        = each.value
  availability_zone = "${var.region}${each.key}"
}

resource "aws_subnet" "data" {
  for_each          = { a = "10.0.11.0/24", b = "10.0.12.0/24" }
  vpc_id            = aws_vpc.main.id
  cidr_block        = each.value
  availability_zone = "${var.region}${each.key}"
}

resource "aws_security_group" "app" {
  name   = "app"
  vpc_id = aws_vpc.main.id
  ingress {
    description = "Callers, through the load balancer"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/16"]
  }
}

resource "aws_security_group" "data" {
  name   = "data"
  vpc_id = aws_vpc.main.id
  ingress {
    description     = "The application alone"
    from_port       = 5432
    to_port         = 6379
    protocol        = "tcp"
    security_groups = [aws_security_group.app.id]
  }
}

resource "aws_vpc_endpoint" "model" {
  vpc_id              = aws_vpc.main.id
  service_name        = "com.amazonaws.${var.region}.bedrock-runtime"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = [for each in aws_subnet.app : each.id]
  security_group_ids  = [aws_security_group.app.id]
  private_dns_enabled = true
}

resource "aws_db_subnet_group" "index" {
  name       = "index"
  subnet_ids = [for each in aws_subnet.data : each.id]
}

resource "aws_db_instance" "index" {
  identifier                  = "handbook-index"
  engine                      = "postgres"
  engine_version              = "16.3"
  instance_class              = "db.t4g.medium"
  allocated_storage           = 20
  db_name                     = "index"
  username                    = "gateway"
  manage_master_user_password = true
  multi_az                    = true
  publicly_accessible         = false
  storage_encrypted           = true
  kms_key_id                  = aws_kms_key.data.arn
  db_subnet_group_name        = aws_db_subnet_group.index.name
  vpc_security_group_ids      = [aws_security_group.data.id]
  skip_final_snapshot         = true
}

resource "aws_dynamodb_table" "sessions" {
  name         = "sessions"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  attribute {
    name = "id"
    type = "S"
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.data.arn
  }
}

resource "aws_sqs_queue" "ingestion" {
  name              = "ingestion"
  kms_master_key_id = aws_kms_key.data.arn
}

resource "aws_cloudwatch_log_group" "ingestion" {
  name              = "/aws/lambda/ingestion"
  retention_in_days = 90
  kms_key_id        = aws_kms_key.data.arn
  tags              = { "colonnade:sus-07" = "stored compressed by the service" }
}

resource "aws_iam_role" "part" {
  for_each           = toset(["ingestion", "gateway"])
  name               = "handbook-${each.key}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = ["lambda.amazonaws.com", "ec2.amazonaws.com"] } }]
  })
}

resource "aws_iam_role" "operator" {
  name = "handbook-operator"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithSAML"
      Principal = { Federated = "arn:aws:iam::123456789012:saml-provider/people" }
      Condition = { StringEquals = { "SAML:aud" = "https://signin.aws.amazon.com/saml" }, Bool = { "aws:MultiFactorAuthPresent" = "true" } }
    }]
  })
}

resource "aws_lambda_function" "ingestion" {
  function_name = "ingestion"
  role          = aws_iam_role.part["ingestion"].arn
  runtime       = "python3.12"
  handler       = "ingestion.handle"
  filename      = "${path.module}/ingestion.zip"
  kms_key_arn   = aws_kms_key.data.arn
  vpc_config {
    subnet_ids         = [for each in aws_subnet.app : each.id]
    security_group_ids = [aws_security_group.app.id]
  }
}

resource "aws_lambda_event_source_mapping" "ingestion" {
  event_source_arn = aws_sqs_queue.ingestion.arn
  function_name    = aws_lambda_function.ingestion.arn
}

resource "aws_iam_instance_profile" "gateway" {
  name = "handbook-gateway"
  role = aws_iam_role.part["gateway"].name
}

resource "aws_launch_template" "gateway" {
  lifecycle { ignore_changes = [tag_specifications] }
  name          = "gateway"
  image_id      = "ami-12c6146b"
  instance_type = "m7g.large"
  iam_instance_profile { arn = aws_iam_instance_profile.gateway.arn }
  vpc_security_group_ids = [aws_security_group.app.id]
  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_size = 20
      encrypted   = true
      kms_key_id  = aws_kms_key.data.arn
    }
  }
}

resource "aws_autoscaling_group" "gateway" {
  name                      = "gateway"
  min_size                  = 2
  max_size                  = 8
  vpc_zone_identifier       = [for each in aws_subnet.app : each.id]
  health_check_type         = "ELB"
  health_check_grace_period = 60
  launch_template {
    id      = aws_launch_template.gateway.id
    version = "$Latest"
  }
  dynamic "tag" {
    for_each = local.tags
    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = true
    }
  }
}

resource "aws_autoscaling_policy" "gateway" {
  lifecycle { ignore_changes = [enabled, predictive_scaling_configuration] }
  name                   = "load"
  autoscaling_group_name = aws_autoscaling_group.gateway.name
  policy_type            = "TargetTrackingScaling"
  target_tracking_configuration {
    target_value = 60
    predefined_metric_specification { predefined_metric_type = "ASGAverageCPUUtilization" }
  }
}

resource "aws_autoscaling_schedule" "gateway" {
  for_each               = { peak = { least = 4, at = "0 7 * * MON-FRI" }, night = { least = 2, at = "0 19 * * MON-FRI" } }
  scheduled_action_name  = each.key
  autoscaling_group_name = aws_autoscaling_group.gateway.name
  recurrence             = each.value.at
  min_size               = each.value.least
  max_size               = 8
  desired_capacity       = each.value.least
}
