package dev.paddock.sandbox.plan;

/**
 * What the filter does about one system call, for people.
 *
 * @param call the call's name
 * @param effect {@code allowed}, {@code EPERM}, {@code checked: …} and so on
 * @param reason why
 */
public record FilterLine(String call, String effect, String reason) {}
