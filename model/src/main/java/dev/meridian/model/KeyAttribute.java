package dev.meridian.model;

/** One attribute of a key: its name and type. */
public record KeyAttribute(String name, ScalarType type) {}
