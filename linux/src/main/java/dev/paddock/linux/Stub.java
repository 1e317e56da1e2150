package dev.paddock.linux;

final class Stub {
  private Stub() {}
}
