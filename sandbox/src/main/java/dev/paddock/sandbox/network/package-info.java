/**
 * Where sockets may lead: the calls that name an address, judged and made in their caller's place.
 */
@NullMarked
package dev.paddock.sandbox.network;

import org.jspecify.annotations.NullMarked;
