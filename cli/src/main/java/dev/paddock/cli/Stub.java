package dev.paddock.cli;

final class Stub {
  private Stub() {}
}
