-- Words of many listings that came at once. To find each by its typing errors takes longer than to index its listing, so the dictionary
-- learns them a little at a time (directory.learn-words), and who comes is found by the very words meanwhile.
create table word_waiting (
  number bigint generated always as identity primary key,
  words text[] not null
);
