package dev.paddock.sandbox.event;

/**
 * What became of the events of one sink.
 *
 * @param sink the sink's name
 * @param delivered how many events it took
 * @param lost how many it did not get, or took and could not hand on
 * @param failed how many of the delivered ones made its callback throw
 * @param problem the first thing that went wrong; empty if nothing did
 */
public record SinkReport(String sink, long delivered, long lost, long failed, String problem) {}
