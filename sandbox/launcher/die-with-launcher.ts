/**
 * Preloaded (`node --import`) into everything the launcher starts: when the channel to the launcher closes, however it ended, this process stops too.
 * Nothing is sent over the channel; its end is the message.
 */
const LAST_RESORT_MILLISECONDS = 10_000;

if (process.connected) {
  process.on('disconnect', stop);
  process.channel?.unref();
} else {
  stop(); // The launcher was gone before this line ran.
}

function stop(): void {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.exit(1), LAST_RESORT_MILLISECONDS).unref();
}
