/**
 * Auto-configuration for servlet applications: the HTTP status of each way a wait can
 * end.
 */
@NullMarked
package io.github.loopthread.autoconfigure.web;

import org.jspecify.annotations.NullMarked;
