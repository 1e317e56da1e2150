package dev.paddock.policy;

final class Stub {
  private Stub() {}
}
