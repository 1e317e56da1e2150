package dev.paddock.sandbox;

/**
 * What the filter does with one system call.
 *
 * @param call its name
 * @param effect such as {@code allow} or {@code EPERM}
 * @param reason why
 */
public record SystemCallRule(String call, String effect, String reason) {}
