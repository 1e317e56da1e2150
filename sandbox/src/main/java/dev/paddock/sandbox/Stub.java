package dev.paddock.sandbox;

final class Stub {
  private Stub() {}
}
